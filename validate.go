package tiktokshop

// requireID refuses what is no platform id.
func (op *Operation) requireID(field string, id ID) error {
	if problem := id.problem(); problem != "" {
		return op.inputError(field, "%s", problem)
	}
	return nil
}

// checkOptionalID refuses what is given and no platform id.
func (op *Operation) checkOptionalID(field string, id ID) error {
	if id == "" {
		return nil
	}
	return op.requireID(field, id)
}

// checkPresent refuses an empty value.
func (op *Operation) checkPresent(field, value string) error {
	if value == "" {
		return op.inputError(field, "is missing")
	}
	return nil
}

// firstError returns the first of the errors that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
