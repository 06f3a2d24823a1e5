/* A disk that fails: preloaded (LD_PRELOAD), it lets the k-th call that changes something below a folder fail.
 *
 * Counted are the calls by which files come about, grow, change, move or are made durable. Deleting is not: it works
 * on a full disk. Calls of the C library's own stdio do not pass here; nothing that On Record writes with uses it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static size_t length;
static atomic_long calls;
static long first, last;
static int reason, halves;
static char struck[PATH_MAX + 64];

/* From now on the calls number `from` to `to`, counted from 1, fail with `error`; with `shortened` the first of them,
 * where it writes, writes half instead. `path` is where; an empty one stops it. */
void faulty_disk(const char *path, long from, long to, int error, int shortened) {
    length = 0;
    atomic_store(&calls, 0);
    first = from, last = to, reason = error, halves = shortened;
    struck[0] = 0;
    snprintf(folder, sizeof folder, "%s", path);
    length = strlen(folder);
}

long faulty_disk_calls(void) { return atomic_load(&calls); }

/* The first call that failed, and of what file. */
const char *faulty_disk_struck(void) { return struck; }

/* 0: let it pass; 1: fail; 2: write half. */
static int fate(const char *call, const char *path, int writes) {
    if (!length || strncmp(path, folder, length) || (path[length] && path[length] != '/')) return 0;
    long n = atomic_fetch_add(&calls, 1) + 1;
    if (n < first || n > last) return 0;
    if (!struck[0]) snprintf(struck, sizeof struck, "%s %s", call, path + length);
    if (halves && writes && n == first) return 2;
    errno = reason;
    return 1;
}

static int fate_of_fd(const char *call, int fd, int writes) {
    if (!length) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int kept = errno;
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (n < 0) return 0;
    path[n] = 0;
    return fate(call, path, writes);
}

static int fate_of_name(const char *call, int at, const char *name) {
    if (!length || !name) return 0;
    if (name[0] == '/') return fate(call, name, 0);
    char link[64], base[PATH_MAX], path[2 * PATH_MAX];
    int kept = errno;
    if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t n = readlink(link, base, sizeof base - 1);
    errno = kept;
    if (n < 0) return 0;
    base[n] = 0;
    snprintf(path, sizeof path, "%s/%s", base, name);
    return fate(call, path, 0);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FD(result, name, parameters, arguments, half)                  \
    result name parameters {                                              \
        switch (fate_of_fd(#name, fd, 1)) {                               \
            case 1: return -1;                                            \
            case 2: { half; }                                             \
        }                                                                 \
        return REAL(name) arguments;                                      \
    }

ON_FD(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t o), (fd, v, n, o), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t o), (fd, v, n, o), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, copy_file_range, (int from, off64_t *p, int fd, off64_t *o, size_t n, unsigned f), (from, p, fd, o, n, f),
      n = n > 1 ? n / 2 : n)

ssize_t sendfile(int, int, off_t *, size_t);
ssize_t sendfile64(int, int, off64_t *, size_t);
ON_FD(ssize_t, sendfile, (int fd, int from, off_t *o, size_t n), (fd, from, o, n), n = n > 1 ? n / 2 : n)
ON_FD(ssize_t, sendfile64, (int fd, int from, off64_t *o, size_t n), (fd, from, o, n), n = n > 1 ? n / 2 : n)

#define OR_FAIL(name, parameters, arguments, asked)                       \
    int name parameters { return asked ? -1 : REAL(name) arguments; }

OR_FAIL(fsync, (int fd), (fd), fate_of_fd("fsync", fd, 0))
OR_FAIL(fdatasync, (int fd), (fd), fate_of_fd("fdatasync", fd, 0))
OR_FAIL(ftruncate, (int fd, off_t n), (fd, n), fate_of_fd("ftruncate", fd, 0))
OR_FAIL(ftruncate64, (int fd, off64_t n), (fd, n), fate_of_fd("ftruncate64", fd, 0))
OR_FAIL(fallocate, (int fd, int m, off_t o, off_t n), (fd, m, o, n), fate_of_fd("fallocate", fd, 0))
OR_FAIL(fallocate64, (int fd, int m, off64_t o, off64_t n), (fd, m, o, n), fate_of_fd("fallocate64", fd, 0))
OR_FAIL(rename, (const char *a, const char *b), (a, b), fate_of_name("rename", AT_FDCWD, b))
OR_FAIL(renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), fate_of_name("renameat", e, b))
OR_FAIL(renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f),
        fate_of_name("renameat2", e, b))
OR_FAIL(link, (const char *a, const char *b), (a, b), fate_of_name("link", AT_FDCWD, b))
OR_FAIL(mkdir, (const char *a, mode_t m), (a, m), fate_of_name("mkdir", AT_FDCWD, a))
OR_FAIL(mkdirat, (int d, const char *a, mode_t m), (d, a, m), fate_of_name("mkdirat", d, a))

int posix_fallocate(int fd, off_t o, off_t n) {
    return fate_of_fd("posix_fallocate", fd, 0) ? reason : REAL(posix_fallocate)(fd, o, n);
}
int posix_fallocate64(int fd, off64_t o, off64_t n) {
    return fate_of_fd("posix_fallocate64", fd, 0) ? reason : REAL(posix_fallocate64)(fd, o, n);
}

/* Opening counts where it makes a file. */
static int makes(int at, const char *name, int flags) {
    return length && (flags & O_CREAT) && faccessat(at, name, F_OK, 0) != 0;
}

#define MODE                                                              \
    va_list more;                                                         \
    va_start(more, flags);                                                \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...) {                          \
        MODE                                                              \
        int kept = errno, fails = makes(AT_FDCWD, path, flags);           \
        errno = kept;                                                     \
        if (fails && fate_of_name(#name, AT_FDCWD, path)) return -1;      \
        return REAL(name)(path, flags, mode);                             \
    }
#define OPENAT(name)                                                      \
    int name(int at, const char *path, int flags, ...) {                  \
        MODE                                                              \
        int kept = errno, fails = makes(at, path, flags);                 \
        errno = kept;                                                     \
        if (fails && fate_of_name(#name, at, path)) return -1;            \
        return REAL(name)(at, path, flags, mode);                         \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
