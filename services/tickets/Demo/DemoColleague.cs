using Hdms.Contracts;
using Hdms.Kit.Http;

namespace Hdms.Tickets.Demo;

/// <summary>Somebody of the demo organisation, as the tickets need to know them.</summary>
/// <param name="Department">The department's code.</param>
public sealed record DemoColleague(Guid Id, Role Role, bool IsCeo, bool IsApprover, Guid DepartmentId, string Department)
{
    /// <summary>As though they had signed in.</summary>
    internal Caller Calls(string trace) => new()
    {
        UserId = Id,
        Role = Role,
        DepartmentId = DepartmentId,
        IsCeo = IsCeo,
        IsApprover = IsApprover,
        CorrelationId = trace,
    };
}
