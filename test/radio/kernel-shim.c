// Preloaded into Debian's Bluetooth programs where the kernel has no Bluetooth or no AF_ALG. Both ask for a socket that they
// then hardly use: btvirt one for AES as each controller comes up, btmon 5.66 one for the address of hci0, without which
// it falls over its own null pointer at the first discovery (mended in 5.67). They get one that does nothing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HCI_GET_DEVICE_INFO _IOR('H', 211, int)
/* struct hci_dev_info: number 2, name 8, address 6, then the flags; bit 0 says that it is up. */
#define FLAGS_AT 16

int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
  int fd = real(domain, type, protocol);
  if (fd >= 0 || errno != EAFNOSUPPORT || (domain != AF_ALG && domain != AF_BLUETOOTH)) return fd;
  return eventfd(0, EFD_CLOEXEC);
}

// btvirt's sockets have fixed names in /tmp: here they lie in SHIM_FOLDER, and nobody else's are touched.
#define FIXED "/tmp/bt-server-"

static const char *moved(const char *path, char *buffer, size_t size) {
  const char *folder = getenv("SHIM_FOLDER");
  if (folder == NULL || strncmp(path, FIXED, strlen(FIXED)) != 0) return path;
  snprintf(buffer, size, "%s/%s", folder, path + strlen(FIXED));
  return buffer;
}

int unlink(const char *path) {
  int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  char buffer[256];
  return real(moved(path, buffer, sizeof buffer));
}

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  struct sockaddr_un local;
  if (address->sa_family == AF_UNIX) {
    memset(&local, 0, sizeof local);
    local.sun_family = AF_UNIX;
    char buffer[sizeof local.sun_path];
    strncpy(local.sun_path, moved(((const struct sockaddr_un *)address)->sun_path, buffer, sizeof buffer),
            sizeof local.sun_path - 1);
    address = (const struct sockaddr *)&local;
    length = sizeof local;
  }
  int (*real)(int, const struct sockaddr *, socklen_t) =
      (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
  int result = real(fd, address, length);
  return result < 0 && errno == ENOTSOCK && address->sa_family == AF_ALG ? 0 : result;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  int (*real)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
  int result = real(fd, request, argument);
  if (result == 0 || request != HCI_GET_DEVICE_INFO) return result;
  uint32_t up = 1;
  memcpy((char *)argument + FLAGS_AT, &up, sizeof up);
  return 0;
}
