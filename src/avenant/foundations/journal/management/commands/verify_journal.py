from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from avenant.foundations.journal.sealing import find_broken_seal, list_seals


class Command(BaseCommand):
    help = "Hashes every act of the journal again and follows the chain of seals. Run as owner or system."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = find_broken_seal()
        if broken is not None:
            self.stderr.write(f"Le sceau n° {broken} ne correspond plus à ses actes : le journal a été modifié.")
            raise SystemExit(1)
        last = list_seals().first()
        self.stdout.write(f"Journal intact jusqu’au sceau n° {last.number} : {last.chain}" if last else "Aucun sceau.")
