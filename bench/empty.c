/* An empty program with the launcher's shared libraries: what starting any such program costs. */
#include <libmnl/libmnl.h>

int main(int argc, char **argv)
{
    (void)argv;
    return argc > 100 ? (int)mnl_socket_get_fd(0) : 0;
}
