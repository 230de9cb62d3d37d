// Calls and constants of Linux that the module of the C library does not show to Swift; as declared in
// <stdio.h>, <sys/xattr.h>, <sys/prctl.h> and <fcntl.h>, which are not included: what they share with others would
// belong to this module too.

int renameat2(int, const char *, int, const char *, unsigned int);

long lgetxattr(const char *, const char *, void *, unsigned long);
int fsetxattr(int, const char *, const void *, unsigned long, int);
int fremovexattr(int, const char *);

/// O_TMPFILE without O_DIRECTORY: a file without a name, in the folder that is opened.
static const int linuxUnnamedFile = 020000000;
/// O_PATH: a folder in which names are looked up, and nothing else.
static const int linuxPathOnly = 010000000;
/// RENAME_NOREPLACE.
static const unsigned int linuxRenameToFree = 1;

int prctl(int, ...);
int close_range(unsigned int, unsigned int, int);

/// Makes no process that this one starts inherit any file from this descriptor on.
static inline int linuxKeepFiles(unsigned int first) { return close_range(first, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */); }

/// Makes this process the parent of processes further down whose own parent has ended.
static inline int linuxAdoptOrphans(void) { return prctl(36 /* PR_SET_CHILD_SUBREAPER */, 1UL, 0UL, 0UL, 0UL); }
