"""Loads the indicator catalogues from their reference files."""

from __future__ import annotations

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import definition_content, set_content
from avenant.foundations.loading import upsert
from avenant.references.indicator_sets import load_set, set_codes


def load_indicator_sets() -> list[str]:
    """Bring the catalogue to what the files say; return what changed (empty the second time).

    A file that *proposes* the definitions of other sets adds its own row of the set and no second definition.
    """
    changes: list[str] = []
    for code in set_codes():
        one = load_set(code)
        row = upsert(
            IndicatorSet,
            {"code": one.code},
            {"label": one.label, "scope": one.scope.value, "source": one.source, "content": set_content(one)},
            changes,
        )
        own = [definition for definition in one.definitions if definition.set_code == one.code]
        for position, definition in enumerate(own, start=1):
            upsert(
                DefinitionRecord,
                {"code": definition.code, "version": definition.version},
                {
                    "set": row,
                    "printed_code": definition.printed_code,
                    "label": definition.label,
                    "strand": definition.strand,
                    "position": position,
                    "provider": definition.provider.value,
                    "in_dgt_survey": definition.in_dgt_survey,
                    "valid_from": definition.valid_from,
                    "valid_to": definition.valid_to,
                    "content": definition_content(definition),
                },
                changes,
            )
    return changes
