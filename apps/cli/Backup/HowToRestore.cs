using Hdms.Contracts;

namespace Hdms.Cli.Backup;

/// <summary>For the day on which nothing is left but this folder and PostgreSQL.</summary>
internal static class HowToRestore
{
    public const string FileName = "HOW-TO-RESTORE.txt";

    public static string Text(IReadOnlyList<DatabaseInBackup> databases, IReadOnlyList<ServiceInBackup> services) =>
        $"""
         A backup of HDMS. Its files:

           {Manifest.FileName}          what is in it: program, schema scripts, rows and a checksum of each table
         {string.Join('\n', databases.Select(d => $"  {d.Dump,-22} database {d.Name}, PostgreSQL {d.ServerMajor}, pg_dump's custom format"))}
           files.jsonl            the attachments that belong to it: key, size and SHA-256 of each. Their bytes are not in here but in
                                  the storage (setting files_folder or files_s3): copy that, too

         To check it:            ./hdms backup verify THIS-FOLDER
         To check a dump alone:  sha256sum FILE, and compare with the manifest

         {(databases is [var only] ? OntoPrivateServer(only) : OntoServers(databases, services))}

         All of it in one command, onto the installation that it is of:  ./hdms rollback THIS-FOLDER
         By hand, where a move of a service was under way (hdms migrate), leave out what belonged to it:
           pg_restore --list FILE | grep -v ' pgsplit_' > LIST, and then pg_restore --use-list=LIST …

         The event logs begin a new epoch by themselves, since they turn up in another place, and what reads them
         rewinds. Only where tables were put back into the same database: hdms events new-epoch SERVICE.

         The dumps have people's data and password hashes in them: keep them as you keep the database.
         The passwords of the database's roles are not in here; they are in secrets.json of the data directory, or set by you.

         """;

    static string OntoPrivateServer(DatabaseInBackup database) =>
        $"""
         To restore it by hand onto a new data directory, which gets a private PostgreSQL with a database {Services.SharedDatabase}:

           1. Make the server and its roles:
                ./hdms migrate-schema --data NEW
           2. Put an empty database in the place of the one that this has filled with empty tables:
                ./hdms psql --data NEW -- -d postgres -c 'DROP DATABASE IF EXISTS {Services.SharedDatabase} WITH (FORCE)' -c "CREATE DATABASE {Services.SharedDatabase} TEMPLATE template0 ENCODING 'UTF8'"
           3. Fill it:
                pg_restore --file=- {database.Dump} | ./hdms psql --data NEW -- -d {Services.SharedDatabase} -q --single-transaction -v ON_ERROR_STOP=1
           4. Start HDMS, which sets the rights again:
                ./hdms up --data NEW

         Onto another server: make roles and databases with admin_database set (hdms migrate-schema), then use dropdb, createdb and
         pg_restore in the same way.
         """;

    static string OntoServers(IReadOnlyList<DatabaseInBackup> databases, IReadOnlyList<ServiceInBackup> services) =>
        $"""
         To restore it by hand. The services were in several databases, and a private PostgreSQL gives them one; so it is restored onto
         a PostgreSQL of yours:

           1. Set admin_database, and where each service is to be; these are the databases that they were in:
         {string.Join('\n', services.Select(s => $"       {s.Name}_database: SERVER:5432/{s.Home}"))}
           2. Make roles and databases:
                ./hdms migrate-schema
           3. Put an empty database in the place of each that this has filled with empty tables, and fill it, each at its server (PGHOST):
         {string.Join('\n', databases.Select(d => $"       dropdb --force {d.Name}; createdb --template=template0 --encoding=UTF8 {d.Name}; pg_restore --exit-on-error --dbname={d.Name} {d.Dump}"))}
           4. Set the rights again, then start HDMS:
                ./hdms migrate-schema
         """;
}
