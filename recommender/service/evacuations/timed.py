"""An evacuation at its set time: plain, in turns, or as a campaign over many windows."""

from collections.abc import Callable

from recommender.actuation.patience import Patience
from recommender.inventory.inventory import Inventory
from recommender.service.background_hooks import BackgroundHooks
from recommender.service.campaigns.at_set_times import run_campaign_evacuation
from recommender.service.evacuations.decided_ahead import DecidedAhead
from recommender.service.evacuations.evacuation import run_evacuation
from recommender.service.rolling.at_set_times import run_rolling_evacuation
from recommender.service.service_journal import ServiceJournal
from recommender.service.set_times.occurrence import OpenOccurrence
from recommender.service.world import World
from recommender.settings.schedule import EvacuationSettings
from recommender.settings.settings import Settings


def run_timed_evacuation(
    settings: Settings,
    evacuation: EvacuationSettings,
    occurrence: OpenOccurrence,
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    taught: Callable[[Inventory], Inventory],
    background: BackgroundHooks,
    patience: Patience,
    ahead: DecidedAhead | None = None,
) -> str | None:
    """What was done, ``None`` if it stays due. Raises any ``RecommenderError``.

    ``ahead``: what was decided of a plain one shortly before.
    """
    if evacuation.rolling is not None:
        return run_rolling_evacuation(
            settings,
            evacuation,
            evacuation.rolling,
            occurrence,
            world,
            journal,
            stop=stop,
            hand_over=stop,
            background=background,
            patience=patience,
        )
    if evacuation.campaign is not None:
        return run_campaign_evacuation(
            settings,
            evacuation,
            evacuation.campaign,
            occurrence,
            world,
            journal,
            stop=stop,
            hand_over=stop,
            taught=taught,
            patience=patience,
        )
    return run_evacuation(
        settings,
        evacuation,
        occurrence,
        world,
        journal,
        stop=stop,
        hand_over=stop,
        taught=taught,
        background=background,
        patience=patience,
        ahead=ahead,
    )
