"""Companies: actions, single documents, sheets, safety referents, trainings and communications."""

from __future__ import annotations

from avenant.collect.counting.registry import Countable, Measure, Rows, Scalar, Tally, add
from avenant.domain.french import typeset

STRANDS = {"v2": ("tms", "fipu"), "v3": ("safety_referent", "assessment")}
"""Themes by strand: the contract names strands 2 and 3, the software names themes."""

_ONE_SENDING = "un envoi du même jour, sur le même thème et au même public, compte une fois."
_TOLD = ("communication", "collective")


def _add(
    key: str, sentence: str, rows: str, tally: Tally, measure: Measure, of: str = "", behind: Measure | None = None
) -> None:
    add(Countable(key, typeset(sentence), rows, tally, measure, of=of, behind=behind))


def _sirens(condition: Measure) -> Measure:
    return lambda rows: rows.siren.nunique(where=condition(rows))


def _sirets(condition: Measure) -> Measure:
    return lambda rows: rows.siret.nunique(where=condition(rows))


def _times(condition: Measure) -> Measure:
    return lambda rows: condition(rows).fill_null(False).sum()


def _acts(key: str, sentence: str, rows: str, condition: Measure, of: str = "") -> None:
    _add(key, sentence, rows, Tally.ACTS, _times(condition), of, _sirets(condition))


def _companies(key: str, sentence: str, rows: str, condition: Measure) -> None:
    _add(key, sentence, rows, Tally.COMPANIES, _sirens(condition))


def _told(*, kinds: tuple[str, ...], theme: str = "", audience: str = "") -> Measure:
    def condition(rows: Rows) -> Scalar:
        chosen = rows.kind.isin(kinds)
        if theme:
            chosen &= rows.theme == theme
        if audience:
            chosen &= rows.audience == audience
        return chosen

    return condition


def _sendings(key: str, sentence: str, condition: Measure, of: str = "") -> None:
    _add(
        key, f"{sentence} ; {_ONE_SENDING}", "outreach", Tally.ACTS,
        lambda rows: rows.sending.nunique(where=condition(rows)), of, _sirets(condition),
    )  # fmt: skip


_companies("satdl-1.1.3:total", "Les entreprises (SIREN) qui ont eu une information collective au maintien dans l'emploi.",
           "outreach", _told(kinds=("collective",), theme="job_retention"))  # fmt: skip

_sendings("satdl-1.3.1:companies", "Les communications aux entreprises", _told(kinds=_TOLD, audience="companies"),
          of="satdl-1.3.1:total")  # fmt: skip
_sendings("satdl-1.3.1:employees", "Les communications aux salariés", _told(kinds=_TOLD, audience="employees"),
          of="satdl-1.3.1:total")  # fmt: skip


def _companies_or_employees(rows: Rows) -> Scalar:
    return rows.kind.isin(_TOLD) & rows.audience.isin(["companies", "employees"])


_sendings("satdl-1.3.1:total", "Les communications aux entreprises et aux salariés", _companies_or_employees)
_sendings("satdl-1.3.2:total", "Les messages de santé publique relayés", _told(kinds=("message",)))
_acts("satdl-1.3.3:total", "Les sollicitations de partenaires.", "outreach", _told(kinds=("solicitation",)))
_acts("satdl-1.3.4:total", "Les conventions signées dans l'année.", "outreach", _told(kinds=("agreement",)))
_add("satdl-1.3.5:total", "Les professionnels de santé informés : la somme des personnes touchées.", "outreach", Tally.ACTS,
     lambda rows: rows.people.sum(where=rows.kind == "professionals").fill_null(0))  # fmt: skip

for _strand, _themes in STRANDS.items():
    for _rank, (_kinds, _what) in enumerate(
        (
            (("training",), "formés"),
            (("support",), "accompagnés"),
            ((*_TOLD, "message"), "ciblés par une action de communication"),
        ),
        start=1,
    ):

        def _reached(rows: Rows, kinds: tuple[str, ...] = _kinds, themes: tuple[str, ...] = _themes) -> Scalar:
            return rows.kind.isin(kinds) & rows.theme.isin(themes)

        _add(f"a4-{_strand}-{_rank}:total", f"Les établissements (SIRET) {_what} dans l'année sur un thème du volet.",
             "outreach", Tally.ESTABLISHMENTS, _sirets(_reached))  # fmt: skip

_sendings("satdl-2.1.1:total", "Les communications internes sur le FIPU",
          _told(kinds=_TOLD, theme="fipu", audience="internal"))  # fmt: skip
_sendings("satdl-2.1.2:total", "Les communications aux entreprises sur le FIPU",
          _told(kinds=_TOLD, theme="fipu", audience="companies"))  # fmt: skip
_sendings(
    "satdl-3.1.1:total",
    "Les informations sur le rôle de référent sécurité",
    _told(kinds=_TOLD, theme="safety_referent"),
)
_companies("satdl-2.1.3:total", "Les entreprises (SIREN) conseillées sur le FIPU, chacune une fois.", "actions",
           lambda rows: (rows.kind == "advice") & (rows.theme == "fipu"))  # fmt: skip

_TARGET = "dont l'entreprise a moins de 10 salariés (10 ne compte pas, un effectif inconnu non plus)."
_acts(
    "satdl-2.2.1:total",
    f"Les fiches d'entreprise de l'année des établissements {_TARGET}",
    "sheets",
    lambda rows: rows.small,
)
_acts("satdl-2.2.2:total", f"Les documents uniques reçus dans l'année des établissements {_TARGET}", "assessments",
      lambda rows: rows.small)  # fmt: skip
_acts("satdl-2.2.3:with_tms", "Parmi eux, ceux dont le plan d'action traite les TMS.", "assessments",
      lambda rows: rows.small & rows.musculoskeletal_plan, of="satdl-2.2.2:total")  # fmt: skip
_acts("satdl-2.2.3:actions", "Les actions de prévention des TMS réalisées dans l'année.", "actions",
      lambda rows: (rows.kind == "improvement") & (rows.theme == "tms"))  # fmt: skip


def _workshops(rows: Rows) -> Scalar:
    return (rows.kind == "workshop") & (rows.theme == "tms")


_acts("satdl-2.3.1:total", "Les ateliers de prévention sur les TMS tenus dans l'année.", "actions", _workshops)
_add("satdl-2.3.2:total", "Les salariés qui ont participé à ces ateliers : la somme des participants.", "actions", Tally.ACTS,
     lambda rows: rows.participants.sum(where=_workshops(rows)).fill_null(0), behind=_sirets(_workshops))  # fmt: skip
_acts("satdl-2.4.1:total", "Les études de poste sur les TMS de l'année.", "actions",
      lambda rows: (rows.kind == "study") & (rows.theme == "tms"))  # fmt: skip
_acts("satdl-2.4.1:of_which", "Celles après lesquelles le poste a été aménagé.", "actions",
      lambda rows: (rows.kind == "study") & (rows.theme == "tms") & rows.adapted, of="satdl-2.4.1:total")  # fmt: skip

_add("satdl-3.1.2:total", "Les établissements dont le référent sécurité est connu à la fin de l'année.", "referents",
     Tally.ESTABLISHMENTS, lambda rows: rows.identified.sum().fill_null(0))  # fmt: skip
_add("satdl-3.1.3:total", "Les entreprises (SIREN) interrogées dont aucun établissement n'a de référent connu.", "referents",
     Tally.COMPANIES, lambda rows: (rows.identified == 0).sum())  # fmt: skip
_companies("satdl-3.2.1:total", "Les entreprises (SIREN) qui ont remis leur document unique dans l'année.", "assessments",
           lambda rows: rows.siret.notnull())  # fmt: skip
_companies("satdl-3.2.4:total", "Parmi elles, celles dont un document unique reçu a un plan d'action.", "assessments",
           lambda rows: rows.action_plan)  # fmt: skip
_acts("satdl-3.2.2:total", "Les accompagnements au document unique de l'année : deux pour une entreprise font 2.", "actions",
      lambda rows: rows.kind == "assessment_help")  # fmt: skip
_companies("satdl-3.2.3:total", "Les entreprises (SIREN) dont le parcours personnalisé a une action dans l'année.", "actions",
           lambda rows: rows.kind == "pathway")  # fmt: skip
