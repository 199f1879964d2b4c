/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* kill_table.c - see kill_table.h. */
#include "kill_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "<!-- kill table, generated: do not edit -->\n"
#define END "<!-- end of kill table -->\n"

/* ---- making it ---- */

static void print_killer(FILE *out, const struct mutant *mutant)
{
	switch (mutant->killer) {
	case KILLER_SUITE:
		fprintf(out, "store suite: *%s*", mutant->test);
		break;
	case KILLER_BAD_DAY:
		fprintf(out, "bad days");
		break;
	case KILLER_POWER_CUT:
		fprintf(out, "a power cut at any operation of a SQLite store with `%s`",
		        mutant->options + 1);
		break;
	}
}

static void print_row(FILE *out, const struct mutant *mutant, const struct trial *trial)
{
	fprintf(out, "| %s | ", mutant->name);
	if (trial->outcome == TRIAL_SURVIVED)
		fprintf(out, "**nothing**");
	else
		print_killer(out, mutant);
	fprintf(out, mutant->killer == KILLER_BAD_DAY ? " | *%s* | " : " | %s | ",
	        mutant->sentence);
	fprintf(out, "%" PRIu64 " |\n", mutant->seeds);
}

char *kill_table_make(const struct trial *trials)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "| mutant | killed by | sentence | seeds |\n"
	             "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < mutant_count; i++)
		print_row(out, &mutants[i], &trials[i]);
	fclose(out);
	return text;
}

/* ---- the page ---- */

static char *read_page(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long size;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
	    (text = malloc((size_t)size + 1)) != NULL) {
		rewind(file);
		text[fread(text, 1, (size_t)size, file)] = '\0';
	}
	fclose(file);
	return text;
}

/* Where the table is in a page: from *out_begin up to the mark that is returned. */
static char *find_table(char *page, char **out_begin)
{
	char *begin = strstr(page, BEGIN);

	if (!begin)
		return NULL;
	*out_begin = begin + strlen(BEGIN);
	return strstr(*out_begin, END);
}

char *kill_table_on_page(const char *path)
{
	char *page = read_page(path);
	char *begin = NULL;
	char *end = page ? find_table(page, &begin) : NULL;
	char *table = end ? strndup(begin, (size_t)(end - begin)) : NULL;

	free(page);
	return table;
}

bool kill_table_write(const char *path, const char *table)
{
	char *page = read_page(path);
	char *begin = NULL;
	char *end = page ? find_table(page, &begin) : NULL;
	FILE *file = end ? fopen(path, "wb") : NULL;
	bool written = false;

	if (file) {
		fwrite(page, 1, (size_t)(begin - page), file);
		fputs(table, file);
		fputs(end, file);
		written = !ferror(file);
		written = fclose(file) == 0 && written;
	}
	free(page);
	return written;
}
