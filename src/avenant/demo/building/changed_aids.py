"""Two aids that the fund declared and the examiner judged: one is corrected since, one is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from avenant.demo.building.funding import there
from avenant.demo.building.people import Cast
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers.models import Dossier, Expense
from avenant.funding.grants.models import Scheme
from avenant.funding.reviews.models import PartnerAid
from avenant.funding.reviews.selectors.checks import list_matches
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.selectors.unlined import list_unlined
from avenant.funding.reviews.services import aids, checking
from avenant.references.reading import read, typeset_content


def change_aids(cast: Cast, rows: Mapping[str, Dossier]) -> None:
    """Declare two aids to the establishment of a dossier, judge them, then correct one and withdraw the other."""
    told = typeset_content(read("demo/changed_aids"))
    fund, dossier = cast.person("caisse-guadeloupe"), rows[told["dossier"]]
    corrected, withdrawn = told["corrected"], told["withdrawn"]
    with acting_as(fund):
        first, second = (
            aids.declare_aid(actor=fund, said=_said(told["scheme"], dossier, one), at=there(told["declared_at"]))
            for one in (corrected, withdrawn)
        )
    _judge(cast, dossier, {f"aid:{first.pk}": corrected, f"aid:{second.pk}": withdrawn}, told)
    at = there(told["changed_at"])
    with acting_as(fund):
        now = _said(told["scheme"], dossier, corrected | corrected["now"])
        aids.correct_aid(actor=fund, aid_id=first.pk, said=now, reason=corrected["reason"], at=at)
        aids.withdraw_aid(actor=fund, aid_id=second.pk, reason=withdrawn["reason"], at=at)
    for one in PartnerAid.objects.filter(ended_at=at):
        aids.tell_changed_aid_for_system(aid_id=one.pk, at=at)


def _said(scheme: str, dossier: Dossier, one: Mapping[str, Any]) -> aids.AidSaid:
    return aids.AidSaid(
        scheme_id=Scheme.objects.get(code=scheme).pk, establishment=dossier.establishment, label=one["label"],
        amount=Decimal(one["amount"]), cost=Decimal(one["cost"]) if "cost" in one else None, on=one["on"],
        until=one.get("until"), invoice=one.get("invoice", ""),
    )  # fmt: skip


def _judge(cast: Cast, dossier: Dossier, aids_said: Mapping[str, Mapping[str, Any]], told: Mapping[str, Any]) -> None:
    """The examiner answers each question that these aids raise, by a pair of lines or by looking at the whole aid."""
    examiner, at = cast.person("instruction-ars"), there(told["judged_at"])
    said: dict[str, Any] = {"actor": examiner, "dossier_id": dossier.pk, "at": at}
    with acting_as(examiner):
        row = get_instruction(examiner, dossier.pk)
        for match in list_matches(examiner, row):
            if match.other in aids_said:
                reason = aids_said[match.other]["verdict"]
                checking.settle_double(line=match.line, other=match.other, same=False, reason=reason, **said)
        line = Expense.objects.filter(project__dossier=dossier).order_by("position")[0]
        for aid in list_unlined(examiner, row):
            if aid.other in aids_said:
                reason = aids_said[aid.other]["verdict"]
                checking.settle_unlined(line=line.pk, other=aid.other, reason=reason, **said)
