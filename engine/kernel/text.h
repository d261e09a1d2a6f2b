/* Text in a fixed buffer without stdio: paths below /proc and lines of id maps. Any process. */
#ifndef NSE_KERNEL_TEXT_H
#define NSE_KERNEL_TEXT_H

#include <stddef.h>

/* A builder over a caller's buffer; always terminated. `cut` is set when something did not fit. */
struct nse_text {
    char *data;
    size_t size; /* bytes of the buffer */
    size_t used; /* bytes before the terminator */
    int cut;
};

void nse_text_init(struct nse_text *text, char *buffer, size_t size);
void nse_text_add(struct nse_text *text, const char *string);
void nse_text_add_number(struct nse_text *text, long long number);

#endif
