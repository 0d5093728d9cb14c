"""What can be wrong with a template."""

from ai_conspects.core.errors import Conflict, NotFound


class TemplateNotFound(NotFound):
    """No such template, or it is someone else's."""

    code = "template_not_found"
    detail = "Template not found"


class TemplateExists(Conflict):
    """The name is taken."""

    code = "template_exists"
    detail = "You have a template of this name, or it is one of the server's. Choose another name."


class TemplateIsBuiltIn(Conflict):
    """It belongs to the server."""

    code = "template_built_in"
    detail = "This template comes with the server and can't be changed. Make one of your own after it."


class TooManyTemplates(Conflict):
    """Nobody needs so many."""

    code = "too_many_templates"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} templates already. Delete one first.")
