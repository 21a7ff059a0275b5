namespace Hdms.Cli.Backup;

/// <summary>For the day on which nothing is left but this folder and PostgreSQL.</summary>
internal static class HowToRestore
{
    public const string FileName = "HOW-TO-RESTORE.txt";

    public static string Text(IReadOnlyList<DatabaseInBackup> databases) =>
        $"""
         A backup of HDMS. Its files:

           {Manifest.FileName}          what is in it: program, schema scripts, rows and a checksum of each table
         {string.Join('\n', databases.Select(d => $"  {d.Dump,-22} database {d.Name}, PostgreSQL {d.ServerMajor}, pg_dump's custom format"))}

         To check it:            ./hdms backup verify THIS-FOLDER
         To check a dump alone:  sha256sum FILE, and compare with the manifest

         To restore it by hand onto a new data directory, which gets a private PostgreSQL:

           1. Make the server and its roles:
                ./hdms migrate-schema --data NEW
           2. Put empty databases in the place of those that this has filled with empty tables:
         {string.Join('\n', databases.Select(d => $"""       ./hdms psql --data NEW -- -d postgres -c 'DROP DATABASE IF EXISTS {d.Name} WITH (FORCE)' -c "CREATE DATABASE {d.Name} TEMPLATE template0 ENCODING 'UTF8'" """.TrimEnd()))}
           3. Fill them:
         {string.Join('\n', databases.Select(d => $"       pg_restore --file=- {d.Dump} | ./hdms psql --data NEW -- -d {d.Name} -q --single-transaction -v ON_ERROR_STOP=1"))}
           4. Start HDMS, which sets the rights again:
                ./hdms up --data NEW

         Onto another server: make roles and databases with admin_database set (hdms migrate-schema), then use dropdb, createdb and
         pg_restore in the same way. The event logs begin a new epoch by themselves, since they turn up in another place, and what
         reads them rewinds. Only where tables were put back into the same database: hdms events new-epoch SERVICE.

         The dumps have people's data and password hashes in them: keep them as you keep the database.
         The passwords of the database's roles are not in here; they are in secrets.json of the data directory, or set by you.

         """;
}
