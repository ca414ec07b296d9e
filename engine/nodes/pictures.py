"""Pictures as sources: a folder of images, and two photographs that are always there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.data import bundled
from engine.data.columns import Column
from engine.data.image_files import Form, Pictures, find_pictures, read_pictures, require_room
from engine.data.paths import locate
from engine.nodes.source import Source
from graphs.cures import setting
from graphs.language import tr
from graphs.spec import Family, Kind, Port, Shape, ShapeError, Site, choice, choice_type, labels, switch, text, whole

COLOURS = {"grey": "Grey: 1 channel", "colour": "Colour: 3 channels"}
FITS = {"cut": "Cut to shape", "stretch": "Stretch"}


class ImageFolder(Source):
    """Images out of a folder, all made the same size. Each sub-folder is a class, named like it.

    The folder lies beside the graph or below. Images that lie in it directly, without sub-folders, have no classes.
    Values go from 0 (black) to 1 (white).
    """

    title, family = "Image folder", Family.DATA
    source = "the layout of ImageNet and of torchvision's ImageFolder: one sub-folder a class"
    keywords = ("png", "jpg", "jpeg", "pictures", "photos", "directory", "classes", "open", "画像", "フォルダー")
    outputs = (
        Port("images", Kind.IMAGE, help="the images, in the order of their names"),
        Port("label", Kind.LABELS, help="the sub-folder that an image lies in"),
    )
    reads = ("/",)
    samples = ()  # every sample would need a folder
    wrong = (({}, {}, "Choose a folder of images."), ({"folder": "../pictures"}, {}, "Save the graph"),
             ({"height": 0}, {}, "1"))  # fmt: skip

    folder: str = text("", "Folder", "A folder of images beside the graph.", widget="folder")
    height: int = whole(32, "Height", "Every image becomes so high.", low=1, high=2048, unit="px")
    width: int = whole(32, "Width", "Every image becomes so wide.", low=1, high=2048, unit="px")
    colour: choice_type(COLOURS) = choice("grey", "Colour", "Grey, or red, green and blue.", COLOURS)
    fit: choice_type(FITS) = choice("cut", "Other proportions", "What becomes of an image whose height and width have "
                                    "another proportion.", FITS)
    skip_broken: bool = switch(False, "Leave out broken images", "Otherwise the first one is reported.")

    def _found(self, site: Site) -> Pictures:
        if not self.folder:
            raise ShapeError(tr("Choose a folder of images."), parameter="folder", code="file_missing")
        try:
            return find_pictures(locate(self.folder, site.folder, directory=True))
        except ShapeError as error:
            error.parameter = "folder"
            raise

    @property
    def _form(self) -> Form:
        return Form(self.height, self.width, self.colour == "colour", self.fit == "stretch")

    def files(self, site: Site) -> tuple[Path, ...]:
        found = self._found(site)
        return tuple(found.folder / file for file in found.files)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        found, form = self._found(site), self._form
        require_room(len(found.files), form)
        made = {"images": Shape(Kind.IMAGE, (form.channels, form.height, form.width), low=0.0, high=1.0)}
        if found.classes:
            return made | {"label": labels(found.classes)}
        if "label" in site.wired:
            raise ShapeError(tr("The images in {folder} have no classes: put each class into a sub-folder.",
                                folder=found.folder.name), parameter="folder", code="pictures")
        return made

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return Path(self.folder).name

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        found, shapes = self._found(site), self.shapes({}, site)
        try:
            values, kept = read_pictures(found, self._form, skip=self.skip_broken)
        except ShapeError as error:
            if error.code == "picture":
                words = tr("Leave out broken images")
                error.cures = (setting(words, site.node, "skip_broken", True),)
            raise
        made = {"images": Column(values, shapes["images"])}
        if found.classes:
            made["label"] = Column(np.array(found.labels)[kept], shapes["label"])
        return made


PHOTOGRAPHS = {"both": "Both", "china": "China: a temple", "flower": "Flower: a dahlia"}


class Photographs(Source):
    """Two photographs of 427×640 points: a temple in China and a dahlia. To look at, and to cut patches from.

    Values go from 0 (black) to 1 (white). They can be made smaller.
    """

    title, family = "Photographs", Family.DATA
    source = "scikit-learn, load_sample_images: china.jpg by Kenny Louie (CC BY), flower.jpg by vultilion (CC BY)"
    keywords = ("images", "natural", "patches", "whitening", "sparse", "china", "flower", "landscape", "写真", "自然画像")
    outputs = (Port("images", Kind.IMAGE, help="one or two photographs"),)
    samples = (({"height": 16}, {}), ({"height": 20, "colour": "colour", "which": "flower"}, {}))
    wrong = (({"height": 8}, {}, "16"), ({"which": "moon"}, {}, "must be one of"))

    which: choice_type(PHOTOGRAPHS) = choice("both", "Photographs", "Which of them.", PHOTOGRAPHS)
    height: int = whole(427, "Height", "How high they are made; the width follows.", low=16,
                        high=bundled.PHOTOGRAPH_SIZE[0], unit="px")
    colour: choice_type(COLOURS) = choice("grey", "Colour", "Grey, or red, green and blue.", COLOURS)

    @property
    def _form(self) -> Form:
        height, width = bundled.PHOTOGRAPH_SIZE
        return Form(self.height, round(width * self.height / height), self.colour == "colour", stretch=True)

    def shapes(self, given: Mapping[str, Shape], site: Site) -> Mapping[str, Shape]:
        form = self._form
        return {"images": Shape(Kind.IMAGE, (form.channels, form.height, form.width), low=0.0, high=1.0)}

    def summary(self, given: Mapping[str, Shape], made: Mapping[str, Shape]) -> str:
        return tr(PHOTOGRAPHS[self.which])

    def load(self, given: Mapping[str, Column], site: Site) -> dict[str, Column]:
        names = ("china", "flower") if self.which == "both" else (self.which,)
        return {"images": Column(bundled.photographs(names, self._form), self.shapes({}, site)["images"])}
