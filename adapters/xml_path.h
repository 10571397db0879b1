/* The restricted XPath that adapters write.
 *
 *     record:  /b:Export/b:Bed   //Bed   /dataset/row[@table='bed']   //Bed[bed_id]
 *     field:   Room   Location/Room   @id   Room/@no   .//Code   *   .   text()   Room/text()
 *              Room/name(): the element's own name, without its prefix
 *     and of an element around the record:   ../@ward   ../../Name
 *
 * A name without a prefix means that name in any namespace; one with a prefix (`namespaces:`) means
 * exactly that namespace. A step may ask for an attribute, [@a] or [@a='v']; the last step of a
 * record's path may ask for a child or an attribute of any value, [name]. Paths are compiled once
 * and hold no pointer to the parser.
 */
#pragma once

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/span.h"

#define XML_STEPS_MAX	16
#define XML_UPS_MAX	16
#define XML_RECORDS_MAX 4

struct xml_name {
	const char *local; /* NULL: any */
	const char *uri;   /* NULL: any; "": in no namespace */
};

struct xml_step {
	struct xml_name name;
	bool descend;	    /* behind "//": at any depth */
	bool has_attribute; /* [@a] */
	struct xml_name attribute;
	const char *value; /* [@a='v']; NULL: any value */
};

enum xml_kind {
	XML_ELEMENT, /* all text within it */
	XML_TEXT,    /* its own text */
	XML_ATTRIBUTE,
	XML_NAME, /* the element's local name */
};

struct xml_path {
	unsigned ups; /* "../" */
	struct xml_step steps[XML_STEPS_MAX];
	size_t n; /* 0: the record itself */
	enum xml_kind kind;
	struct xml_name attribute;
	const char *holds; /* record: [name] on the last step; NULL: none */
	/* record: another path to records, up to XML_RECORDS_MAX; NULL: none */
	const struct xml_path *otherwise;
};

/* A prefix and its namespace. */
struct xml_prefix {
	struct span prefix;
	const char *uri;
};

struct xml_prefixes {
	const struct xml_prefix *p;
	size_t n;
};

/* INVALID with a sentence that says what is wrong at which character. */
int xml_path_record(struct span text, const struct xml_prefixes *prefixes, struct arena *arena,
		    struct xml_path *ret, struct err *err);
int xml_path_field(struct span text, const struct xml_prefixes *prefixes, struct arena *arena,
		   struct xml_path *ret, struct err *err);
