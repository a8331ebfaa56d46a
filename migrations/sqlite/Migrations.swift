/// The schema's history, oldest first: number N brings a database from `user_version` N - 1 to N.
///
/// A released migration is never edited; the next one is added below it.
package enum Migrations {
    package static let all: [String] = [
        String(decoding: PackageResources.m001_initial_sql, as: UTF8.self),
        String(decoding: PackageResources.m002_locks_sql, as: UTF8.self),
        String(decoding: PackageResources.m003_segments_sql, as: UTF8.self),
        String(decoding: PackageResources.m004_failures_sql, as: UTF8.self),
        String(decoding: PackageResources.m005_place_sql, as: UTF8.self),
        String(decoding: PackageResources.m006_people_sql, as: UTF8.self),
        String(decoding: PackageResources.m007_key_sql, as: UTF8.self),
    ]
}
