"""Portuguese: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "como",
        "porque",
        "por que",
        "o que",
        "quem",
        "onde",
        "quando",
        "qual",
        "quais",
        "deve",
    }
)
HOLDS = frozenset(
    {
        "video",
        "em imagens",
        "em fotos",
        "quiz",
        "podcast",
        "o que se sabe",
        "tudo o que precisa de saber",
    }
)
OPINION = frozenset(
    {
        "opiniao",
        "editorial",
        "editoriais",
        "coluna",
        "colunas",
        "cronica",
        "obituario",
    }
)
PLAIN = """
    um uma dois duas três quatro cinco seis sete oito nove dez onze doze cem cento dúzia metade vez
    vezes hoje ontem amanhã manhã tarde noite fim de semana ano anos novo nova novos novas mais seu
    sua seus suas este esta esse essa após ante sem sobre entre desde até contra mas como ser são
    foi está muito já os as do da dos das no na nos nas em ao aos pelo pela que não com para
"""
