// swift-tools-version: 6.2

import PackageDescription

/// Settings of every target: warnings are errors, imports say what they show.
let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let package = Package(
  name: "vci-suite",
  products: [
    .library(name: "VCIFormat", targets: ["VCIFormat"]),
    .library(name: "VCIReference", targets: ["VCIReference"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // Ground: imports nothing of this package.
    .target(name: "VCIFormat", swiftSettings: settings),
    // First floor: siblings, none sees another.
    .target(
      name: "VCIReference", dependencies: ["VCIFormat", system], swiftSettings: settings),
    // Tests.
    .target(
      name: "VCITesting", dependencies: ["VCIFormat"], path: "Tests/VCITesting",
      swiftSettings: settings),
    .testTarget(
      name: "VCIFormatTests", dependencies: ["VCIFormat", "VCITesting"],
      swiftSettings: settings),
    .testTarget(
      name: "VCIReferenceTests", dependencies: ["VCIFormat", "VCIReference", "VCITesting", system],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
