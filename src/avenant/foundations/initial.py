"""First migrations that make the tables of an app at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

FOLDED = (migrations.AddField, migrations.AddIndex, migrations.AddConstraint)


class InitialMigration(migrations.Migration):
    """A migration whose operations create tables; each table is created in its last shape, with all it carries.

    Django renders every model related to the one an operation touches, after each operation. Here nearly all models
    are related, through the circle and the organisation: a new database took two minutes, nearly all of it rendering.
    So the operations are followed without rendering, the models are rendered once, and each table is made from its
    final model. Operations on other models, and triggers, run as usual.

    ``docs/adr/tables-made-at-once.md`` says what was measured.
    """

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        """Create the tables, then run what is left of ``operations`` in its order."""
        created = [operation.name for operation in self.operations if isinstance(operation, migrations.CreateModel)]
        later = [operation for operation in self.operations if not _is_folded(operation, created)]
        project_state.__dict__.pop("apps", None)  # the rendered models, made again at the first need
        for operation in self.operations:
            if operation not in later:
                operation.state_forwards(self.app_label, project_state)
        for name in created:
            schema_editor.create_model(project_state.apps.get_model(self.app_label, name))
        rest = migrations.Migration(self.name, self.app_label)
        rest.operations = later  # type: ignore[misc]  # Django gives each migration its own list
        return rest.apply(project_state, schema_editor, collect_sql)


def _is_folded(operation: Operation, created: list[str]) -> bool:
    if isinstance(operation, migrations.CreateModel):
        return True
    return isinstance(operation, FOLDED) and operation.model_name_lower in {name.lower() for name in created}
