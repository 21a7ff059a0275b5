using Hdms.Contracts;

namespace Hdms.Tickets.Organisation;

/// <summary>What has to be known of a department to give it work.</summary>
/// <param name="HeadMayWork">There is a head, and the head is active.</param>
/// <param name="Version">Of the department's row in the users service; the higher one is the newer.</param>
sealed record DepartmentFacts(
    Guid Id, string Name, string Code, Guid? HeadId, bool HeadMayWork, int TotalCapacity, bool QueueEnabled, DepartmentStatus State, bool IsDeleted, long Version)
{
    public bool TakesTickets => State == DepartmentStatus.Open && !IsDeleted;

    public static DepartmentFacts Of(DepartmentView d) => new(
        d.Id, d.Name, d.Code, d.HeadId, d.Head is { IsActive: true, IsDeleted: false }, d.TotalCapacity, d.QueueEnabled, d.State, d.IsDeleted, d.Version);
}

/// <summary>What has to be known of a person to ask something of them.</summary>
/// <param name="MayWork">Active, and not deleted.</param>
/// <param name="MayApprove">Named as one who decides on approvals.</param>
sealed record PersonFacts(Guid Id, bool MayWork, bool MayApprove, Guid? DepartmentId);
