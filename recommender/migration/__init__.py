"""How long a migration takes, how long the VM stands still, and whether pre-copy converges."""
