"""Hooks: a command or a web address of the operator's that is told facts and does the work on a host."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class HookSettings(BaseModel):
    """Exactly one of ``command`` and ``webhook``. It gets the facts as one JSON document and says whether it succeeded.

    A command runs without a shell, with PATH alone as environment; it succeeds by ending with 0. A webhook is a POST
    over HTTPS that carries ``X-Recommender-Signature: sha256=…``, the HMAC of the body; it succeeds by a 2xx answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: tuple[str, ...] = Field(default=(), description="Program and arguments; the facts come on standard input")
    webhook: str | None = Field(default=None, description="https://… (plain http only to this machine itself)")
    secret_file: Path | None = Field(default=None, description="File whose first line signs what a webhook is sent")
    ca_file: Path | None = Field(
        default=None, description="PEM file of the authorities that sign a webhook's certificate; absent: the system's"
    )
    timeout_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        default=3600.0, description="After so long it has failed; a command is then ended"
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.command) == (self.webhook is not None):
            raise ValueError("give either command or webhook")
        if self.command and not Path(self.command[0]).is_absolute():
            raise ValueError(f"{self.command[0]!r} is not an absolute path: no PATH is searched")
        if self.webhook is not None:
            if not self.webhook.startswith(("https://", "http://127.0.0.1:", "http://[::1]:")):
                raise ValueError(f"webhook {self.webhook!r} has to start with https:// (or http://127.0.0.1:PORT)")
            if self.secret_file is None:
                raise ValueError("a webhook needs secret_file, which signs what it is sent")
        elif self.ca_file is not None:
            raise ValueError("ca_file belongs to a webhook, and there is none")
        return self
