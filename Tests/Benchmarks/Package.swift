// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "vci-suite", path: "../.."),
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2"),
  ],
  targets: [
    .executableTarget(
      name: "VCIBenchmarks",
      dependencies: [
        .product(name: "Benchmark", package: "swift-benchmark"),
        .product(name: "VCIFormat", package: "vci-suite"),
        .product(name: "VCIReference", package: "vci-suite"),
        .product(name: "VCIChecker", package: "vci-suite"),
        .product(name: "VCIFuzzing", package: "vci-suite"),
      ])
  ],
  swiftLanguageModes: [.v5]
)
