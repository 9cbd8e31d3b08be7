"""What a host is licensed for, as far as it concerns migrations."""

from dataclasses import dataclass
from typing import Final

EVALUATION: Final = "eval"  # how vSphere names that edition: everything is allowed until it ends

VMOTION, STORAGE_VMOTION = "vmotion", "svmotion"  # vSphere's own keys of features


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The licence that is assigned to a host: its name, vSphere's key of its edition, and of its features, sorted."""

    __pydantic_config__ = {"extra": "forbid"}

    name: str
    edition: str
    features: tuple[str, ...] = ()

    @property
    def is_evaluation(self) -> bool:
        """Whether everything is allowed for a while."""
        return self.edition.startswith(EVALUATION)

    def lacks(self, feature: str) -> bool:
        """Whether it says what it allows, and this is not among it."""
        return not self.is_evaluation and bool(self.features) and feature not in self.features
