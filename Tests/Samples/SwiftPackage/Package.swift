// swift-tools-version: 6.3

import PackageDescription

let package = Package(
  name: "cache",
  dependencies: [
    .package(name: "vci-suite", path: "../../.."),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .target(
      name: "Cache",
      dependencies: [
        .product(name: "VCIReference", package: "vci-suite"),
        .product(name: "VCIFormat", package: "vci-suite"),
        .product(name: "VCIInProcess", package: "vci-suite"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Sources"),
    .testTarget(
      name: "CacheTests",
      dependencies: ["Cache", .product(name: "VCIInProcess", package: "vci-suite")],
      path: "Tests"),
  ]
)
