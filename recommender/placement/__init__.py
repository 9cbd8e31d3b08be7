"""Where VMs should run: the question, the engine, and the answer with its bound."""
