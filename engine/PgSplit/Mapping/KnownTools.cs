namespace PgSplit.Mapping;

/// <summary>Tables that frameworks and schema tools keep for themselves: they describe one database, and stay with it.</summary>
static class KnownTools
{
    static readonly Dictionary<string, string> Tables = new(StringComparer.OrdinalIgnoreCase)
    {
        ["django_migrations"] = "Django's schema history",
        ["django_session"] = "Django's sessions",
        ["django_admin_log"] = "Django's admin log",
        ["django_content_type"] = "Django's list of models",
        ["django_site"] = "Django's sites",
        ["schema_migrations"] = "schema history (Rails, golang-migrate, dbmate)",
        ["ar_internal_metadata"] = "Rails' schema history",
        ["flyway_schema_history"] = "Flyway's schema history",
        ["databasechangelog"] = "Liquibase's schema history",
        ["databasechangeloglock"] = "Liquibase's schema history",
        ["alembic_version"] = "Alembic's schema history",
        ["__EFMigrationsHistory"] = "Entity Framework's schema history",
        ["knex_migrations"] = "Knex's schema history",
        ["knex_migrations_lock"] = "Knex's schema history",
        ["_prisma_migrations"] = "Prisma's schema history",
        ["SequelizeMeta"] = "Sequelize's schema history",
        ["typeorm_metadata"] = "TypeORM's schema history",
        ["goose_db_version"] = "Goose's schema history",
        ["doctrine_migration_versions"] = "Doctrine's schema history",
        ["phinxlog"] = "Phinx's schema history",
        ["schemaversions"] = "DbUp's schema history",
        ["schema_version"] = "schema history",
        ["pgmigrations"] = "node-pg-migrate's schema history",
        ["_sqlx_migrations"] = "SQLx's schema history",
        ["__diesel_schema_migrations"] = "Diesel's schema history",
        ["hdb_catalog"] = "Hasura's metadata",
    };

    /// <summary>Whose table of this name is; null where it is the application's.</summary>
    public static string? Of(string table) => Tables.GetValueOrDefault(table);
}
