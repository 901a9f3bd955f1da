// Loaded last: every cell has been executed.
window.voila_finish();
