using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>Whether the service's tables are the ones that this program knows: current, behind, newer or changed.</summary>
internal static class SchemaCheck
{
    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection own, ServiceDefinition definition, CancellationToken ct)
    {
        try
        {
            await definition.Schema.CheckAsync(own, ct);
            return [];
        }
        catch (SchemaException e)
        {
            return [new DoctorFinding(Severity.Error, definition.Service.Name, e.Message, $"hdms migrate-schema {definition.Service.Name} tells more.")];
        }
    }
}
