"""Former years of figures have their own page; it is told beside the other takings over."""

from avenant.foundations.imports.kinds import Elsewhere, register_elsewhere
from avenant.indicators.campaigns.policies import may_run_campaigns

register_elsewhere(
    Elsewhere(
        "Chiffres d’années antérieures",
        "Les indicateurs des années passées, service par service : ils deviennent la colonne de l’année précédente.".replace(
            " :", "\u202f:"
        ),
        "campaigns:taking-over",
        may_run_campaigns,
    )
)
