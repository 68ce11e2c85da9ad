"""The agreement as a document, from its frozen content and nothing else; each page bears its mark."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.domain.french import format_date
from avenant.foundations.documents.marks import Mark, count_pages, draw
from avenant.foundations.documents.typesetting import ARCHIVED, Document, typeset
from avenant.funding.grants.models import Agreement
from avenant.funding.grants.wording import articles


def print_agreement(row: Agreement, *, at: datetime) -> Document:
    """Typeset a frozen text (PDF/UA-1, PDF/A-3), first to know its pages, then with the mark of each one."""
    grant, content = row.grant, row.content
    here = at.astimezone(ZoneInfo(grant.authority.territory.time_zone))
    signatures = list(row.signatures.select_related("organisation"))
    names = {"authority": content["authority"], "direction": content["beneficiary"], "staff": content["beneficiary"]}
    data: dict[str, object] = {
        "issuers": [content["authority"]],
        "subject": f"{content['beneficiary']}, {content['grant']}",
        "standing": row.standing[0],
        "fingerprint": row.sha256,
        "parties": [{"label": str(one.get_party_display()), "name": names[one.party]} for one in signatures],
        "articles": [
            {
                "number": one.number, "heading": one.heading, "body": one.body,
                "tables": [
                    {"columns": list(table.columns), "rows": [list(line) for line in table.rows],
                     "figures": sorted(table.figures)}
                    for table in one.tables
                ],
            }
            for one in articles(content)
        ],
        "signatures": [
            {"party": _capital(str(one.get_party_display())), "name": names[one.party],
             "signed": format_date(one.signed_on) if one.signed_on else ""}
            for one in signatures
        ],
        "marks": [],
    }  # fmt: skip
    if content["fictional"]:
        data["mention"] = "Démonstration, faits fictifs"

    def made() -> Document:
        return typeset("grant-agreement", data, title=str(row), reference=row.reference, at=here, standards=ARCHIVED)

    pages = count_pages(made().pdf)
    data["marks"] = [draw(Mark(row.reference, number, pages)) for number in range(1, pages + 1)]
    return made()


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
