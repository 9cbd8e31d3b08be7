"""Starts the command line: ``python -m recommender`` and the ``recommender`` command."""

from recommender.cli.root import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    run()


if __name__ == "__main__":
    main()
