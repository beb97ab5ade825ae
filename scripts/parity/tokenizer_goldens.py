"""Writes test/fixtures/tokenizer/: a small WordPiece tokenizer made for the test, and the ids that Python's `tokenizers`
give for many strings. `--real FILE` prints the ids that another tokenizer.json gives instead.

    pip install tokenizers
    python scripts/parity/tokenizer_goldens.py
"""

import argparse
import json
import pathlib

from tokenizers import Tokenizer

FOLDER = pathlib.Path(__file__).parents[2] / "test/fixtures/tokenizer"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """a an the of in on at with and red green blue cat dog photo ##s ##ing ##ed ##er sit run ##n paint ##ting oil
cafe naive resume strasse uber 4k 8 ##k 2023 19 ##84 3 . , ! ? : ; ' " ( ) [ ] < > / \\ | - _ # @ * & % $ + = ~ ` ^ { }
猫 犬 の 写 真 ##の 山 ж ##ж ##и ##в кот ##ы 한 국 ά λ ##φ ##α σ ##ς ##σ un ##believ ##able sep cls mask pad unk ##! i ##n ß ss""".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def tokenizer():
    vocabulary = list(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]))
    special = lambda name: {"SpecialToken": {"id": name, "type_id": 0}}
    entry = lambda name: {"id": name, "ids": [vocabulary.index(name)], "tokens": [name]}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": index, "special": True, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False}
            for index, name in enumerate(SPECIAL)
        ],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]")],
            "pair": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]"),
                     {"Sequence": {"id": "B", "type_id": 1}}, special("[SEP]")],
            "special_tokens": {"[CLS]": entry("[CLS]"), "[SEP]": entry("[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {word: index for index, word in enumerate(vocabulary)}},
    }


SEEDS = [
    "a photo of a red cat", "A CAT, sitting!", "Café naïve résumé", "STRASSE straße über", "an oil painting of the dog",
    "unbelievable", "[SEP] [MASK] [CLS]", "a [SEP] b", "[sep]", "[UNK][PAD]", "cat[SEP]dog", "猫の写真", "red猫dog", "山 犬",
    "Кот жив", "한국", "άλφα", "🐱", "cat 🐱 dog", "👩‍👩‍👧 photo", "🇩🇪", "e\u0301 cafe\u0301", "ﬁne ﬂy", "½ ² ³", "１２３", "٣٤",
    "4k 8K 2023 1984", "3.14", "it's", "don’t", "“quoted”", "a—b–c-d", "#tag @user", "c:\\path/file", "a\tb\nc\r\nd",
    "  spaces   inside  ", "a\u00a0b", "a\u200bb", "a\u200db", "a\u3000b", "\ufeffcat", "a\u0000b", "a\ufffdb", "a\u0007b", "x" * 99,
    "x" * 100, "x" * 101, "x" * 5000, "cat " * 400, "!?!?!?", "<|endoftext|>", "</s>", "(red:1.3)", "{a|b}", "~`^=+$%&*",
    "İstanbul", "ΣΑΣ", "ŁÓDŹ", "Ångström", "ñandú", "Ǆ ǅ", "ŉ", "ẞ", "𝐜𝐚𝐭", "𠀀", "\U0001f9ff", "…", "™ ® ©", "№ 5", "«a»", "¿a?",
    "। a", "a、b。", "「cat」", "a・b", "カタカナ", "ガ", "สวัสดี", "नमस्ते", "שָׁלוֹם", "مرحبا", "a\u2028b", "a\u0085b", "a\u00adb",
]


def strings():
    yield from SEEDS
    for index, seed in enumerate(SEEDS):
        if len(seed) < 200:
            yield f"{seed} {SEEDS[(7 * index + 3) % 40]}"
            if index % 3 == 0:
                yield seed.upper() + "," + seed


def goldens(text):
    encoder = Tokenizer.from_str(text)
    encoder.no_padding()
    encoder.no_truncation()
    encoder.encode_special_tokens = True  # their names in a text are text
    return [{"text": item, "ids": encoder.encode(item).ids} for item in strings()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", help="print the ids of this tokenizer.json instead")
    real = parser.parse_args().real
    if real:
        print(json.dumps(goldens(pathlib.Path(real).read_text())))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(tokenizer(), ensure_ascii=False)
    (FOLDER / "tokenizer.json").write_text(text + "\n")
    lines = ",\n".join(json.dumps(line, separators=(",", ":")) for line in goldens(text))
    (FOLDER / "goldens.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
