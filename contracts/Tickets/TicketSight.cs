using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>Somebody in front of tickets and sub-tickets: asked by another service on behalf of whoever has come to it.</summary>
/// <param name="UserId">Null for a service account.</param>
/// <param name="Scopes">Of a service account.</param>
/// <param name="TicketIds">At most 100, as <paramref name="SubTicketIds"/>.</param>
public sealed record TicketSightRequest(
    Guid? UserId,
    Role? Role,
    Guid? DepartmentId,
    [property: MaxLength(20)] IReadOnlyList<string> Scopes,
    [property: MaxLength(100)] IReadOnlyList<Guid> TicketIds,
    [property: MaxLength(100)] IReadOnlyList<Guid> SubTicketIds);

/// <summary>Those that they see all of; whoever sees a title only is not among them.</summary>
public sealed record TicketSightAnswer(IReadOnlyList<TicketSight> Tickets, IReadOnlyList<SubTicketSight> SubTickets);

/// <param name="IsOwn">They raised it.</param>
/// <param name="MayUpload">They may add attachments (DOMAIN.md section 5).</param>
/// <param name="MayRemove">They may take attachments away.</param>
public sealed record TicketSight(Guid Id, string? Number, TicketStatus Status, bool IsOwn, bool MayUpload, bool MayRemove);

/// <param name="MergedIntoParent">Its attachments belong to the parent.</param>
public sealed record SubTicketSight(Guid Id, Guid ParentTicketId, SubTicketStatus Status, bool MergedIntoParent, bool MayUpload, bool MayRemove);
