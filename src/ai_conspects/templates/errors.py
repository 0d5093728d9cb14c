"""What can be wrong with a template."""

from ai_conspects.core.errors import Conflict, NotFound


class TemplateNotFound(NotFound):
    """No such template, or it is someone else's."""

    code = "template_not_found"

    def __init__(self, name: str) -> None:
        super().__init__("Template not found")
        self.name = name


class TemplateExists(Conflict):
    """The name is taken."""

    code = "template_exists"

    def __init__(self, name: str) -> None:
        super().__init__("You have a template of this name, or it is one of the server's. Choose another name.")
        self.name = name


class TemplateIsBuiltIn(Conflict):
    """It belongs to the server."""

    code = "template_built_in"

    def __init__(self, name: str) -> None:
        super().__init__("This template comes with the server and can't be changed. Make one of your own after it.")
        self.name = name


class TooManyTemplates(Conflict):
    """Nobody needs so many."""

    code = "too_many_templates"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} templates already. Delete one first.")
