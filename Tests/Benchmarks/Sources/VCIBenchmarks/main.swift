// Times of the suite's checker beside those of a plain one in C and of qemu-img check.
//
// Run: swift run -c release --package-path Tests/Benchmarks --scratch-path .build-benchmarks
//
// Without options the first three are run; of the first six, several may be named:
//   --small             probe, open and check of images of some KiB in memory, and iterations
//   --large             checks of images of many extents, each in a process of its own
//   --qemu              qemu-img check of qcow2 images with as many clusters
//   --writer            operations of a writer at 10^3 to 10^6 extents, beside sorted arrays and
//                       linked lists, with the growth from column to column
//   --terabyte          a cache of 1 TiB filled with 10^6 extents: time, memory, size, verdict
//   --extremes          what becomes of a cache of 21 blocks, of one that is kept full through 10^6
//                       writes, and of one of the largest disk; no times
//   --extents N         how many extents the large images have, instead of 100000 and 1000000; the
//                       columns of --writer end there, the cache of --terabyte gets so many
//   --verdicts FILE...  nothing but what the C checker finds, a line of JSON for each file
//
// Times of one run are medians of repetitions in turns; other runs may differ by what else the
// machine does, so trust ratios. For itself the program runs --make SHAPE N FILE and
// --one CHECKER FILE, --fill SHAPE N FILE and --reopen FILE.

import Glibc

// Each line is there once it is known, also in a pipe.
setvbuf(stdout, nil, Int32(_IOLBF), 0)

do {
  let options = try Options(CommandLine.arguments.dropFirst())
  switch options.task {
  case .verdicts(let paths): exit(printVerdicts(of: paths) ? 0 : 1)
  case .make(let shape, let extents, let path):
    try TreeImage(shape, extents: extents).write(toFileAt: path)
  case .one(let checker, let path): try printCheck(by: checker, of: path)
  case .fill(let shape, let extents, let path):
    try TerabyteImage.fill(shape, extents: extents, fileAt: path)
  case .reopen(let path): try TerabyteImage.reopen(fileAt: path)
  case .measure(let parts):
    if parts.contains(.small) {
      try measureSmallImages()
      try measureIterations()
    }
    if parts.contains(.large) || parts.contains(.qemu) {
      try measureLargeImages(
        extents: options.extents.map { [$0] } ?? [100_000, 1_000_000], parts)
    }
    if parts.contains(.writer) {
      try measureWriter(extents: decades(upTo: options.extents ?? 1_000_000))
    }
    if parts.contains(.extremes) { try showExtremes(writes: options.extents ?? 1_000_000) }
    if parts.contains(.terabyte) { try measureTerabyte(extents: options.extents ?? 1_000_000) }
  }
} catch {
  fputs("benchmarks: \(error)\n", stderr)
  exit(1)
}
