"""Answers with few moves: the best so many, their proof, and the curve of what more would buy."""
