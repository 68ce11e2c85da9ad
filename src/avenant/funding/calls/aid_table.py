"""A published call as a line of the national « dispositif d'aide » table (etalab, version 0.0.1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from avenant.domain.rules.parameters import in_words
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.calls.models import PublishedCall
from avenant.funding.calls.wording import rule_groups

FIELDS = (
    "id_aide", "nom_aide", "nom_aide_normalise", "programme_aides", "porteur_aide", "porteur_siren",
    "instructeurs_aide", "beneficiaires_aide", "types_aides", "taux_subvention_minimum", "taux_subvention_maximum",
    "taux_subvention_commentaire", "aap_ami", "description", "exemple_projet", "thematique_aide", "recurrence_aide",
    "date_ouverture", "date_pre_depot", "date_cloture", "condition_eligibilite", "etat_avancement_projet",
    "type_depense", "zone_geographique", "url_descriptif", "url_demarche", "contact", "date_mise_a_jour",
)  # fmt: skip
NAME_LIMIT = 180
VERB = "Améliorer les conditions de travail"
THEME = "Santé > Conditions de travail"
BENEFICIARIES = {
    "public": "Établissements publics - Services de l'État",
    "private_nonprofit": "Associations",
    "private_profit": "Entreprises privées",
}


def aid_line(call: PublishedCall, *, site: str, changed_at: datetime) -> dict[str, str]:
    """The line of a call, whose last version is of ``changed_at``; ``site`` is the address of the platform.

    Empty ``porteur_siren`` when nobody gave it: such a line is not publishable (:func:`is_publishable`).
    """
    book, zone = call.book(), ZoneInfo(call.zone)
    rate = book.value("rate") if "rate" in book.parameters else None
    closes = call.closes_at
    told = {
        "id_aide": call.key,
        "nom_aide": str(call),
        "nom_aide_normalise": f"{VERB} : {call}"[:NAME_LIMIT],
        "programme_aides": ",".join(one.replace(",", " ") for one in call.source_labels),
        "porteur_aide": call.owner.name.replace(",", " "),
        "porteur_siren": call.owner.siren,
        "instructeurs_aide": call.owner.name.replace(",", " "),
        "beneficiaires_aide": ",".join(_beneficiaries(book)),
        "types_aides": "Subvention",
        "taux_subvention_minimum": "",
        "taux_subvention_maximum": _percent(rate) if rate is not None else "",
        "taux_subvention_commentaire": _about_rate(book),
        "aap_ami": "Oui",
        "description": " ".join(call.content.get("presentation", [])) or str(call),
        "thematique_aide": THEME,
        "recurrence_aide": "Permanente" if closes is None else "Ponctuelle",
        "date_ouverture": call.opens_at.astimezone(zone).date().isoformat(),
        "date_cloture": (closes - timedelta(seconds=1)).astimezone(zone).date().isoformat() if closes else "",
        "condition_eligibilite": _conditions(book),
        "zone_geographique": call.territory.name,
        "url_descriptif": f"{site}{call.page()}",
        "url_demarche": f"{site}{call.page()}",
        "contact": call.mailbox,
        "date_mise_a_jour": changed_at.astimezone(zone).date().isoformat(),
    }
    return {name: told.get(name, "") for name in FIELDS}


def is_publishable(line: dict[str, str]) -> bool:
    """Does the line hold what the national schema requires; the SIREN of the authority may lack."""
    return all(line[name] for name in ("porteur_siren", "beneficiaires_aide", "description", "contact"))


def table_bytes(lines: Iterable[dict[str, str]]) -> bytes:
    """The table, as the national schema reads it: comma, UTF-8, ISO dates."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def _percent(rate: Fraction) -> str:
    """A rate in percent, to the hundredth: « 80 », « 33.5 »."""
    return f"{float(rate * 100):.2f}".rstrip("0").rstrip(".")


def _beneficiaries(book: Rulebook) -> list[str]:
    admitted = book.value("statuses") if "statuses" in book.parameters else None
    return [label for code, label in BENEFICIARIES.items() if admitted is None or code in admitted]


def _about_rate(book: Rulebook) -> str:
    if "max_grant" not in book.parameters or book.value("max_grant") is None:
        return ""
    parameter = book.parameters["max_grant"]
    return f"{parameter.label} : {in_words(parameter.value, parameter.unit, parameter.choices)}"


def _conditions(book: Rulebook) -> str:
    return " ".join(one.sentence for title, rules in rule_groups(book)[:1] for one in rules)
