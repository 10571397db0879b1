#include "watcher/board/guard.h"

#include <arpa/inet.h>

struct rule {
	int free;
	usec_t first, longest, forgets;
};

static const struct rule per_address = {3, 2 * USEC_PER_SEC, USEC_PER_HOUR, 10 * USEC_PER_MIN};
static const struct rule per_user = {5, 30 * USEC_PER_SEC, 2 * USEC_PER_HOUR, 2 * USEC_PER_HOUR};
static const struct rule for_all = {15, 10 * USEC_PER_SEC, USEC_PER_HOUR, USEC_PER_HOUR};

#define IPV6_NETWORK 8 /* bytes of an address that its owner does not choose */

static size_t slot_of_address(const char *address)
{
	struct in6_addr six;
	struct span who = span_str(address);

	if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six))
		who = span_of((const char *)&six, IPV6_NETWORK);
	return span_hash(who) % GUARD_ADDRESSES;
}

static size_t slot_of_user(struct span user)
{
	return span_hash(user) % GUARD_USERS;
}

static usec_t wait_of(const struct guard_count *c, usec_t now)
{
	return c->until > now ? c->until - now : 0;
}

static usec_t longer(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

usec_t guard_wait(const struct guard *g, const char *address, struct span user, usec_t now)
{
	usec_t wait = wait_of(&g->total, now);

	wait = longer(wait, wait_of(&g->addresses[slot_of_address(address)], now));
	return longer(wait, wait_of(&g->users[slot_of_user(user)], now));
}

static void forget(struct guard_count *c, const struct rule *rule, usec_t now)
{
	usec_t periods = c->failures > 0 ? (now - c->since) / rule->forgets : 0;

	if (periods >= c->failures) {
		c->failures = 0;
		c->since = now;
	} else {
		c->failures -= (int)periods;
		c->since += periods * rule->forgets;
	}
}

static void count(struct guard_count *c, const struct rule *rule, usec_t now)
{
	forget(c, rule, now);
	c->failures++;
	if (c->failures < rule->free)
		return;
	usec_t wait = rule->first;
	for (int i = rule->free; i < c->failures && wait < rule->longest; i++)
		wait *= 2;
	c->until = now + (wait < rule->longest ? wait : rule->longest);
}

void guard_failed(struct guard *g, const char *address, struct span user, usec_t now)
{
	count(&g->total, &for_all, now);
	count(&g->addresses[slot_of_address(address)], &per_address, now);
	count(&g->users[slot_of_user(user)], &per_user, now);
}

void guard_succeeded(struct guard *g, const char *address)
{
	g->addresses[slot_of_address(address)] = (struct guard_count){0};
}
