"""May a VM go there: one rule, one file. ``registry`` lists them; ``base`` says what a rule consists of."""
