// swift-tools-version: 6.2

import PackageDescription

/// Settings of the reference, which is a part of a target here too.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "vci-suite", path: "../.."),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // A plain checker in C, the yardstick for the speed of the suite's own, and its tests.
    .target(name: "CPeer"),
    .executableTarget(name: "CPeerTests", dependencies: ["CPeer"]),
    .executableTarget(name: "Timekeeper"),
    .target(name: "Tables", swiftSettings: settings),
    .testTarget(name: "TablesTests", dependencies: ["Tables"], swiftSettings: settings),
    // The reference's own allocator and tree beside plain ones: its folder is a link, so that what
    // is internal there is seen, and all is compiled as one module.
    .target(
      name: "WriterParts",
      dependencies: [
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "VCIFormat", package: "vci-suite"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "WriterPartsTests",
      dependencies: [
        "WriterParts",
        .product(name: "VCIFormat", package: "vci-suite"),
        .product(name: "VCIChecker", package: "vci-suite"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "VCIBenchmarks",
      dependencies: [
        "CPeer",
        "Tables",
        "Timekeeper",
        "WriterParts",
        .product(name: "Benchmark", package: "swift-benchmark"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "VCIFormat", package: "vci-suite"),
        .product(name: "VCIReference", package: "vci-suite"),
        .product(name: "VCIChecker", package: "vci-suite"),
        .product(name: "VCIFuzzing", package: "vci-suite"),
      ]),
  ],
  swiftLanguageModes: [.v5],
  cLanguageStandard: .c11
)
