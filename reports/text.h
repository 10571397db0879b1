/* A report's words in the languages that it can be written in. */
#pragma once

enum lang { LANG_EN, LANG_NB, LANG_COUNT };

struct text {
	const char *word[LANG_COUNT];
};

#define TEXT(en, nb) ((struct text){{(en), (nb)}})
#define TEXT_INIT(en, nb)                                                                          \
	{                                                                                          \
		{                                                                                  \
			(en), (nb)                                                                 \
		}                                                                                  \
	}

static inline const char *text_in(struct text t, enum lang lang)
{
	return t.word[lang] ? t.word[lang] : t.word[LANG_EN];
}
