using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Sla;

/// <summary>Reads and writes rows of <c>sla_templates</c>.</summary>
sealed class SlaTemplateTable : ThingTable<SlaTemplateTable, SlaTemplate, SlaTemplateState, SlaTemplateImported>, INamedTable
{
    public static string Name => "sla_templates";

    public static string Called => "SLA template";

    /// <summary>The row, deleted or not, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static new async Task<SlaTemplate> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound(Called);
}
