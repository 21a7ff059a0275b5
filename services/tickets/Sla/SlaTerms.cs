namespace Hdms.Tickets.Sla;

/// <summary>By what a ticket's clocks are set: the template for its department and priority, and the department's calendar.</summary>
/// <param name="TemplateId">Null when no template fits; the clocks then measure without a due time.</param>
sealed record SlaTerms(Guid? TemplateId, int? ResponseMinutes, int? ResolutionMinutes, WorkCalendar Calendar)
{
    public static readonly SlaTerms None = new(null, null, null, WorkCalendar.RoundTheClock);
}
