#include "tests/bench/bench_peers.h"

#include <libxml/parser.h>

static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
			  int n_namespaces, const xmlChar **namespaces, int n_attributes,
			  int n_defaulted, const xmlChar **attributes)
{
	(void)prefix;
	(void)uri;
	(void)n_namespaces;
	(void)namespaces;
	(void)n_attributes;
	(void)n_defaulted;
	(void)attributes;
	*(uint64_t *)ctx += strcmp((const char *)name, "bed") == 0;
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)ctx;
	(void)name;
	(void)prefix;
	(void)uri;
}

static void take_text(void *ctx, const xmlChar *text, int n)
{
	(void)ctx;
	(void)text;
	(void)n;
}

static uint64_t read_libxml2(struct span file)
{
	xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
			     .startElementNs = start_element,
			     .endElementNs = end_element,
			     .characters = take_text};
	uint64_t records = 0;

	return xmlSAXUserParseMemory(&sax, &records, file.p, (int)file.n) == 0 ? records : 0;
}

const struct bench_peer bench_peers[] = {
    {"xml", "libxml2 SAX2, elements unmapped", read_libxml2},
    {0},
};
