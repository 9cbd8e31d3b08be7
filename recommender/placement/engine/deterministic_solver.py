"""CP-SAT as it is used everywhere here: the same model has the same answer, and Ctrl-C is not its business."""

from ortools.sat.python import cp_model


def deterministic_solver(deterministic_s: float, seed: int) -> cp_model.CpSolver:
    """One worker for so many of its deterministic seconds at most."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False  # it is for whoever started the search
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = deterministic_s
    return solver


def solver_of_linear_models(deterministic_s: float, seed: int) -> cp_model.CpSolver:
    """The same without what made 9.15 prove wrong optima of small ones: github.com/google/or-tools/issues/5293."""
    solver = deterministic_solver(deterministic_s, seed)
    solver.parameters.presolve_inclusion_work_limit = 0
    return solver
