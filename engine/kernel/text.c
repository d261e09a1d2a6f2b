/* Text in a fixed buffer without stdio. Any process. */
#include "text.h"

void nse_text_init(struct nse_text *text, char *buffer, size_t size)
{
    *text = (struct nse_text){.data = buffer, .size = size};
    buffer[0] = '\0';
}

void nse_text_add(struct nse_text *text, const char *string)
{
    for (; *string; string++) {
        if (text->used + 1 >= text->size) {
            text->cut = 1;
            break;
        }
        text->data[text->used++] = *string;
    }
    text->data[text->used] = '\0';
}

void nse_text_add_number(struct nse_text *text, long long number)
{
    char digits[24];
    char *at = digits + sizeof(digits) - 1;
    /* Negated as unsigned: -LLONG_MIN does not fit a long long. */
    unsigned long long rest =
        number < 0 ? 0ULL - (unsigned long long)number : (unsigned long long)number;

    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0)
        *--at = '-';
    nse_text_add(text, at);
}
