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

         To restore it by hand into an empty server, as a superuser, with HDMS stopped:

           1. Make roles and empty databases. On a new data directory, this does it:
                ./hdms migrate-schema --data NEW-DIRECTORY
              then drop and make again the databases, which this has filled with empty tables:
         {string.Join('\n', databases.Select(d => $"       dropdb --force {d.Name} && createdb --template=template0 --encoding=UTF8 {d.Name}"))}
           2. Fill them:
         {string.Join('\n', databases.Select(d => $"       pg_restore --exit-on-error --dbname={d.Name} {d.Dump}"))}
           3. Start HDMS: ./hdms up --data NEW-DIRECTORY. It sets the rights again, and sees that the event logs have turned up
              in another place: readers of them rewind by themselves.

         The dumps have people's data and password hashes in them: keep them as you keep the database.
         The passwords of the database's roles are not in here; they are in secrets.json of the data directory, or set by you.

         """;
}
