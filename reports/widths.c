#include "reports/widths.h"

static double least_of_all(const struct wish *wishes, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += wishes[i].least;
	return sum;
}

double widths_scale(const struct wish *wishes, size_t n, double room, double smallest)
{
	double least = least_of_all(wishes, n);
	double scale = least > room ? room / least : 1;

	return scale > smallest ? scale : smallest;
}

void widths_share(const struct wish *wishes, size_t n, double room, double *ret_widths)
{
	double least = least_of_all(wishes, n), rest = room - least, lacked = 0;

	for (size_t i = 0; i < n; i++)
		lacked += wishes[i].whole - wishes[i].least;
	double lent = rest < lacked ? rest : lacked;
	for (size_t i = 0; i < n; i++)
		ret_widths[i] =
		    rest < 0 ? wishes[i].least * room / least
			     : wishes[i].least +
				   (lacked > 0 ? lent * (wishes[i].whole - wishes[i].least) / lacked
					       : 0) +
				   (rest - lent) / (double)n;
}
