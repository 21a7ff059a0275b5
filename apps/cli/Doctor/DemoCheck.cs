using Hdms.Kit.Hosting;
using Hdms.Users.Demo;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>People whose password is in this program for all to read. On the private server they are what it was filled with.</summary>
internal static class DemoCheck
{
    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection users, bool isPrivate, CancellationToken ct)
    {
        var people = await DemoOrganisation.WithPublicPasswordAsync(users, ct);
        return people.Count == 0 ? [] :
        [
            new DoctorFinding(
                isPrivate ? Severity.Note : Severity.Warning,
                Contracts.Services.Users.Name,
                $"{people.Count} people of the demo organisation, {people[0]} first, can sign in with the password that everybody knows.",
                "Deactivate or delete them before others than you can reach this installation."),
        ];
    }
}
